import { t } from "../../i18n";

export function ageText(seconds: number): string {
  if (seconds < 10) return t("age.now");
  return seconds < 60 ? t("age.seconds", { n: seconds }) : t("age.minutes", { n: Math.floor(seconds / 60) });
}
