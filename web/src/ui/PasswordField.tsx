import { useState } from "preact/hooks";
import { t } from "../i18n";
import { Button } from "./Button";
import { Field } from "./Field";
import { Eye, EyeOff } from "./icons";

export function PasswordField({ label, hint, value, onInput, fresh, autofocus }: {
  label: string; hint?: string; value: string; onInput: (value: string) => void; fresh?: boolean; autofocus?: boolean;
}) {
  const [shown, setShown] = useState(false);
  return (
    <Field label={label} hint={hint}>
      {(id, hintId) => (
        <div class="with-button">
          <input
            id={id}
            type={shown ? "text" : "password"}
            value={value}
            aria-describedby={hintId}
            autoComplete={fresh ? "new-password" : "current-password"}
            autoFocus={autofocus}
            required
            onInput={(event) => onInput(event.currentTarget.value)}
          />
          <Button
            kind="quiet"
            icon={shown ? EyeOff : Eye}
            label={t(shown ? "login.hide" : "login.show")}
            onClick={() => setShown(!shown)}
          />
        </div>
      )}
    </Field>
  );
}
