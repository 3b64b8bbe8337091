// The colours that follow from one main colour, as the server computes them (httpapi/pages/assets.go): what is shown while somebody chooses is what
// the desk will look like.
type RGB = [number, number, number];
const white: RGB = [0xff, 0xff, 0xff];
const black: RGB = [0x0b, 0x0d, 0x12];
const lightGrounds: RGB[] = [white, [0xf3, 0xf5, 0xf8]];
const darkGrounds: RGB[] = [
  [0x22, 0x26, 0x2e],
  [0x25, 0x2a, 0x33],
];
const enough = 4.6;

const parse = (s: string): RGB => [1, 3, 5].map((i) => parseInt(s.slice(i, i + 2), 16)) as RGB;
const hex = (c: RGB): string => '#' + c.map((v) => v.toString(16).padStart(2, '0')).join('');

function luminance(c: RGB): number {
  const [r, g, b] = c.map((v) => {
    const x = v / 255;
    return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
  }) as RGB;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast of two colours as WCAG 2.2 defines it, 1 to 21. */
function contrast(a: RGB, b: RGB): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

const mix = (a: RGB, b: RGB, share: number): RGB => a.map((v, i) => Math.round(v + (b[i]! - v) * share)) as RGB;

function towards(c: RGB, end: RGB, grounds: RGB[]): RGB {
  for (let i = 0; i <= 50; i++) {
    const m = mix(c, end, i / 50);
    if (grounds.every((g) => contrast(m, g) >= enough)) return m;
  }
  return end;
}

export function paletteOf(colour: string): { fill: string; onFill: string; light: { text: string; tint: string }; dark: { text: string; tint: string }; ratio: number } {
  let fill = parse(colour);
  let onFill = contrast(white, fill) >= enough || contrast(white, fill) >= contrast(black, fill) ? white : black;
  if (contrast(onFill, fill) < enough) {
    fill = towards(fill, black, [white]);
    onFill = white;
  }
  const lightTint = mix(white, fill, 0.09);
  const darkTint = mix(darkGrounds[0]!, fill, 0.22);
  return {
    fill: hex(fill),
    onFill: hex(onFill),
    light: { text: hex(towards(fill, black, [...lightGrounds, lightTint])), tint: hex(lightTint) },
    dark: { text: hex(towards(fill, white, [...darkGrounds, darkTint])), tint: hex(darkTint) },
    ratio: Math.floor(contrast(onFill, fill) * 10) / 10,
  };
}
