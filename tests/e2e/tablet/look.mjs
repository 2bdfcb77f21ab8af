// What is wrong with how a page looks: wider than the screen, a target too small for a finger, a button without a name, a heading that is cut off, a constant of the
// contract instead of words.
// CSS pixels; what is shown at the smallest size of text.
const TARGET = 48;

export function look(page, name, within = 'body') {
  return page.evaluate(
    ([page, target, root]) => {
      const problems = [];
      if (document.documentElement.scrollWidth > window.innerWidth) problems.push(`${page}: ${document.documentElement.scrollWidth} wide on ${window.innerWidth}`);
      const constant = /\b[A-Z]+(_[A-Z]+)+\b/.exec(document.querySelector(root).innerText);
      if (constant !== null) problems.push(`${page}: says ${constant[0]}`);
      for (const heading of document.querySelector(root).querySelectorAll('h1, h2')) {
        if (heading.scrollWidth > heading.clientWidth + 1 || heading.scrollHeight > heading.clientHeight + 1) problems.push(`${page}: “${heading.textContent.trim()}” is cut off`);
      }
      for (const element of document.querySelector(root).querySelectorAll('button, a[href], input, textarea, select')) {
        const box = element.getBoundingClientRect();
        if (box.width === 0 || box.width <= 1 || element.closest('.unseen') || element.classList.contains('unseen')) continue;
        const name = (element.getAttribute('aria-label') ?? element.textContent ?? '').trim() || [...(element.labels ?? [])].map((label) => label.textContent).join('');
        if (name === '') problems.push(`${page}: ${element.outerHTML.slice(0, 80)} has no name`);
        const after = getComputedStyle(element, '::after');
        const height = Math.max(box.height, parseFloat(after.height) || 0);
        if (height < target && !element.closest('.section-title')) problems.push(`${page}: “${name.slice(0, 20)}” is ${Math.round(height)} px high`);
      }
      return problems;
    },
    [name, TARGET, within],
  );
}
