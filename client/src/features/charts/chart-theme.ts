/** The colours a chart takes from the page's CSS variables. */
export interface ChartTheme {
  palette: string[];
  text: string;
  faint: string;
  line: string;
  surface: string;
  raised: string;
  font: string;
}

const PALETTE_SIZE = 8;

/** Reads the theme that is in force now; call again when it changes. */
export function readChartTheme(element: Element): ChartTheme {
  const style = getComputedStyle(element);
  const get = (name: string): string => style.getPropertyValue(name).trim();
  return {
    palette: Array.from({ length: PALETTE_SIZE }, (_, index) => get(`--chart-${index + 1}`)),
    text: get('--text-2'),
    faint: get('--text-3'),
    line: get('--line'),
    surface: get('--surface'),
    raised: get('--raised'),
    font: style.fontFamily,
  };
}
