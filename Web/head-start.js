// Compiles the core while the page's modules are still on their way; <saffron-console> takes it from here. Where that fails,
// the console asks once more and says why.
globalThis.saffronCore = WebAssembly.compileStreaming(fetch("saffron-core.wasm"));
globalThis.saffronCore.catch(() => {});
