// Put before emscripten's own code in tests: the program sees the environment that node was given.
Module['preRun'] = [
  function() {
    if (typeof ENV !== 'undefined') Object.assign(ENV, process.env);
  }
];
