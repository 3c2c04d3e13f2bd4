import { useApi } from "../../api/resource";
import type { Schema } from "../../api/types";
import { t } from "../../i18n";
import { KeyRound, Smartphone, Video, Volume2 } from "../../ui/icons";
import { Tile } from "./Tile";

export function Tiles({ status }: { status: Schema["RuntimeStatus"] }) {
  const native = useApi("/api/v1/native/pair", { every: 4000, on: ["pairing.", "client."] });
  const paired = status.paired_clients + (native.data?.paired_clients ?? 0);
  const media = (on: boolean) => t(on ? "status.streaming" : "status.idle");
  const armed = native.data?.armed ?? false;
  return (
    <div class="tiles">
      <Tile icon={Video} label={t("status.video")} value={media(status.video_streaming)} on={status.video_streaming} />
      <Tile icon={Volume2} label={t("status.audio")} value={media(status.audio_streaming)} on={status.audio_streaming} />
      <Tile icon={Smartphone} label={t("status.paired")} value={String(paired)} href="/pairing" />
      <Tile
        icon={KeyRound}
        label={t("status.pairing")}
        value={t(status.pin_pending ? "status.pinPending" : armed ? "status.pinShown" : "status.pairingClosed")}
        on={status.pin_pending || armed}
        href="/pairing"
      />
    </div>
  );
}
