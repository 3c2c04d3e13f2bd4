/* What the browser remembers. It may refuse to: then nothing is remembered. */
export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(`punktfunk.${key}`);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`punktfunk.${key}`, value);
  } catch {
    /* a private window without storage */
  }
}
