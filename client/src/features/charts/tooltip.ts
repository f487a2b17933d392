export interface TooltipLine {
  colour: string;
  name: string;
  value: string;
}

const MAX_LINES = 12;

/** ECharts takes its tooltip as HTML; names come from users' data, so everything is escaped here and nowhere else. */
export function tooltipHtml(title: string, lines: readonly TooltipLine[]): string {
  const shown = lines
    .slice(0, MAX_LINES)
    .map(
      ({ colour, name, value }) =>
        `<div style="display:flex;align-items:center;gap:8px;margin-top:4px">` +
        `<span style="width:8px;height:8px;border-radius:2px;background:${escapeHtml(colour)}"></span>` +
        `<span style="max-width:220px;overflow:hidden;text-overflow:ellipsis">${escapeHtml(name)}</span>` +
        `<b style="margin-left:auto;padding-left:12px;font-weight:600;font-variant-numeric:tabular-nums">${escapeHtml(value)}</b></div>`,
    );
  const more = lines.length > MAX_LINES ? `<div style="margin-top:4px">+${lines.length - MAX_LINES}</div>` : '';
  return `<div style="font-size:11px;opacity:.8">${escapeHtml(title)}</div>${shown.join('')}${more}`;
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
