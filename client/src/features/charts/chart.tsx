import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TileKind, TimeGrain } from '../../gql/graphql';
import { useIsDark } from '../../lib/theme';
import { useFormat } from '../../lib/use-format';
import { chartOptions } from './chart-options';
import { readChartTheme } from './chart-theme';
import { init } from './echarts-parts';
import { ColourBook, type ResultData } from './series';

export interface ChartProps {
  kind: TileKind;
  data: ResultData;
  grain: TimeGrain | null | undefined;
  title: string;
}

/** Draws a tile's chart and keeps it in step with data, size, theme and language. */
export default function Chart({ kind, data, grain, title }: ChartProps) {
  const { t } = useTranslation();
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<ReturnType<typeof init>>(undefined);
  const [colours] = useState(() => new ColourBook());
  const dark = useIsDark();
  const format = useFormat();

  useEffect(() => {
    if (!host.current) return;
    const made = (chart.current = init(host.current));
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(host.current);
    return () => {
      observer.disconnect();
      made.dispose();
      chart.current = undefined;
    };
  }, []);

  useEffect(() => {
    if (!host.current) return;
    const theme = readChartTheme(host.current);
    const options = chartOptions({ kind, data, grain, theme, format, colours, otherLabel: t('tile.other') });
    chart.current?.setOption(options, { notMerge: true });
  }, [kind, data, grain, dark, format, colours, t]);

  return <div ref={host} role="img" aria-label={title} className="h-full min-h-32 w-full" />;
}
