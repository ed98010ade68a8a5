// What is remembered from one visit to the next.

export function remember(name, value) {
  try { localStorage.setItem(`saffron.${name}`, value); } catch { /* Some pages may not. */ }
}

export function recall(name) {
  try { return localStorage.getItem(`saffron.${name}`); } catch { return null; }
}
