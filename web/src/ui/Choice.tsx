import { useId } from "preact/hooks";

/* A few options side by side: radio buttons that look like one switch. */
export function Choice<T extends string>({ label, value, options, onChange, hideLabel }: {
  label: string; value: T; options: readonly { value: T; text: string; disabled?: boolean }[];
  onChange: (value: T) => void; hideLabel?: boolean;
}) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend class={hideLabel ? "sr-only" : ""}>{label}</legend>
      <div class="choice-row">
        {options.map((o) => (
          <label key={o.value} class={o.value === value ? "chosen" : ""}>
            <input
              type="radio"
              name={name}
              value={o.value}
              checked={o.value === value}
              disabled={o.disabled}
              onChange={() => onChange(o.value)}
            />
            <span>{o.text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
