/* Colours of the graphs: those of the page, as the canvas wants them. */
export interface Colours {
  text: string;
  line: string;
  lines: string[];
}

/* Lines differ in their dashes too. */
export const DASHES: number[][] = [[], [6, 4], [2, 3], [10, 4, 2, 4], [1, 4]];

/* What a colour of tokens.css comes to here: the browser resolves it on an element. */
function resolved(probe: HTMLElement, name: string): string {
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

export function chartColours(parent: HTMLElement): Colours {
  const probe = document.createElement("span");
  parent.append(probe);
  const lines = [0, 1, 2, 3, 4].map((i) => resolved(probe, `--line-${i}`));
  const colours = { text: resolved(probe, "--muted"), line: resolved(probe, "--edge"), lines };
  probe.remove();
  return colours;
}

export const areaFill = (colour: string): string => colour.replace(/^rgb\((.*)\)$/, "rgba($1, 0.35)");
