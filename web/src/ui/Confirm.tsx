import { useAction } from "../api/useAction";
import { t } from "../i18n";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { Failed } from "./Failed";

/* Asks before something that cannot be undone. */
export function Confirm({ title, text, yes, work, onClose }: {
  title: string; text: string; yes: string; work: () => Promise<unknown>; onClose: () => void;
}) {
  const action = useAction();
  const doIt = async () => (await action.run(work)) && onClose();
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      <Failed action={action} />
      <div class="buttons end">
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button kind="danger" busy={action.busy} onClick={() => void doIt()}>{yes}</Button>
      </div>
    </Dialog>
  );
}
