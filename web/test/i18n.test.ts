import { expect, test, vi } from "vitest";

vi.stubGlobal("navigator", { languages: ["fr-FR", "de-AT"] });
const { fillIn, pickLanguage } = await import("../src/i18n");
const { en } = await import("../src/i18n/en");
const { de } = await import("../src/i18n/de");

test("the chosen language, else the browser's, else English", () => {
  expect(pickLanguage("en", ["de"])).toBe("en");
  expect(pickLanguage("xx", ["fr", "de-AT"])).toBe("de");
  expect(pickLanguage(null, ["fr"])).toBe("en");
});

test("values are filled in, unknown ones stay", () => {
  expect(fillIn("{n} of {m}", { n: 1 })).toBe("1 of {m}");
});

test("both languages say the same things, with the same values", () => {
  expect(Object.keys(de)).toEqual(Object.keys(en));
  const values = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    expect(values(de[key]), key).toEqual(values(en[key]));
    expect(de[key].trim(), key).not.toBe("");
  }
});
