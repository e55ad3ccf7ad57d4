// Where the widget's other files are: beside this module. The served build says so by their versioned addresses.
export const WASM = new URL('./lead-form.wasm', import.meta.url).href;
export const SHEET = new URL('./lead-form.css', import.meta.url).href;
