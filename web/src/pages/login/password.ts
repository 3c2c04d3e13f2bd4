/* What is wrong with a new password, if anything. */
export const LEAST = 8; // characters, as the host wants

export function problemOf(password: string, again: string): "setup.short" | "setup.differ" | null {
  if ([...password].length < LEAST) return "setup.short";
  return password === again ? null : "setup.differ";
}
