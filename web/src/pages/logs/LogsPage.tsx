import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { plural, t } from "../../i18n";
import { download } from "../../lib/download";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { failureText } from "../../ui/failure";
import { Empty } from "../../ui/Empty";
import { Download, Pause, Play, ScrollText, Trash } from "../../ui/icons";
import { Notice } from "../../ui/Notice";
import { Page } from "../../ui/Page";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import { LogLine } from "./LogLine";
import { asText, filtered, LEVELS, newest, type Level, type Line } from "./lines";
import { useLog } from "./useLog";

export function LogsPage() {
  const [follow, setFollow] = useState(true);
  const [level, setLevel] = useState<Level>("DEBUG");
  const [words, setWords] = useState("");
  const log = useLog(follow);
  const found = filtered(log.lines, level, words);
  const side = (
    <div class="buttons">
      <Button icon={follow ? Pause : Play} pressed={follow} onClick={() => setFollow(!follow)}>
        {t(follow ? "logs.pause" : "logs.follow")}
      </Button>
      <Button icon={Trash} onClick={log.clear}>{t("logs.clear")}</Button>
      <Button icon={Download} disabled={!found.length}
        onClick={() => download("punktfunk-host.log", "text/plain", asText(found))}>
        {t("logs.download")}
      </Button>
    </div>
  );
  return (
    <Page title={t("logs.title")} note={t("logs.note")} side={side}>
      <section class="card log-card" aria-label={t("logs.title")}>
        <div class="fields">
          <Select label={t("logs.level")} value={level} onChange={setLevel}
            options={LEVELS.map((value) => ({ value, text: t(`level.${value}`) }))} />
          <TextField label={t("logs.search")} type="search" value={words} onInput={setWords} />
        </div>
        <div class="badges">
          <Badge>{plural(found.length, "logs.one", "logs.many")}</Badge>
          {log.dropped && <Badge tone="warn">{t("logs.dropped")}</Badge>}
        </div>
        {log.failure && <Notice tone="bad">{failureText(log.failure)}</Notice>}
        {found.length ? <Lines lines={newest(found)} follow={follow} /> : <Empty icon={ScrollText} title={t("logs.none")} />}
      </section>
    </Page>
  );
}

/* The end stays in view while following. */
function Lines({ lines, follow }: { lines: readonly Line[]; follow: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const last = lines.at(-1)?.seq;
  useLayoutEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [last, follow]);
  return (
    <div class="log" ref={box} tabIndex={0} role="region" aria-label={t("logs.lines")}>
      <ol>{lines.map((l) => <LogLine key={l.seq} line={l} />)}</ol>
    </div>
  );
}
