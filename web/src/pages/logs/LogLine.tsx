import { memo } from "./memo";
import { timeOf, type Line } from "./lines";

/* A line never changes. */
export const LogLine = memo(({ line: l }: { line: Line }) => (
  <li class={`log-line ${l.level.toLowerCase()}`}>
    <time>{timeOf(l)}</time>
    <span class="log-level">{l.level}</span>
    <span class="log-target">{l.target}</span>
    <span class="log-text">{l.msg}</span>
  </li>
));
