import { chooseLanguage, language, LANGUAGES, t, type Language } from "../i18n";
import { useStore } from "../lib/store";
import { Choice } from "../ui/Choice";

export function LanguageSwitch() {
  const chosen = useStore(language);
  return (
    <div class="language">
      <Choice label={t("settings.language")} hideLabel value={chosen} onChange={chooseLanguage}
        options={(Object.keys(LANGUAGES) as Language[]).map((value) => ({ value, text: value.toUpperCase() }))} />
    </div>
  );
}
