// Files that the console hands out, read back: the parts of a zip, and the cells of a workbook.
import { inflateRawSync } from 'node:zlib';

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const plain = (xml) => xml.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (_, hex, number, name) => (name !== undefined ? ENTITIES[name] : String.fromCodePoint(hex !== undefined ? parseInt(hex, 16) : Number(number))));
const texts = (xml) => Array.from(xml.matchAll(/<t(?: [^>]*)?>([^<]*)<\/t>/g), (match) => plain(match[1])).join('');

/** Name to content of every file in a zip. */
export function unzip(bytes) {
  const out = new Map();
  let at = bytes.readUInt32LE(bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1') + 16);
  while (bytes.readUInt32LE(at) === 0x02014b50) {
    const [size, nameSize, extra, comment, start] = [bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32), bytes.readUInt32LE(at + 42)];
    const data = start + 30 + bytes.readUInt16LE(start + 26) + bytes.readUInt16LE(start + 28);
    const packed = bytes.subarray(data, data + size);
    out.set(bytes.toString('utf8', at + 46, at + 46 + nameSize), (bytes.readUInt16LE(at + 10) === 8 ? inflateRawSync(packed) : packed).toString('utf8'));
    at += 46 + nameSize + extra + comment;
  }
  return out;
}

/** Sheets of a workbook, each a name and rows of cells; a cell is its text and whether a program would compute it. */
export function sheetsOf(bytes) {
  const files = unzip(bytes);
  const shared = Array.from((files.get('xl/sharedStrings.xml') ?? '').matchAll(/<si>(.*?)<\/si>/gs), (match) => texts(match[1]));
  const names = Array.from(files.get('xl/workbook.xml').matchAll(/<sheet name="([^"]*)"/g), (match) => plain(match[1]));
  return names.map((name, index) => {
    const xml = files.get(`xl/worksheets/sheet${index + 1}.xml`);
    const rows = Array.from(xml.matchAll(/<row [^>]*>(.*?)<\/row>/gs), ([, row]) =>
      Array.from(row.matchAll(/<c r="[A-Z]+\d+"([^>]*?)(?:\/>|>(.*?)<\/c>)/gs), ([, attributes, inner = '']) => {
        const value = /<v>([^<]*)<\/v>/.exec(inner)?.[1];
        const type = /t="(\w+)"/.exec(attributes)?.[1] ?? 'n';
        return { text: type === 's' ? shared[Number(value)] : value === undefined ? texts(inner) : plain(value), computed: /<f[ >/]/.test(inner) || type === 'str' };
      }));
    return { name, rows };
  });
}
