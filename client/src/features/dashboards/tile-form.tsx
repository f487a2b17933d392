import * as ToggleGroup from 'radix-ui/toggle-group';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { DatasetSemanticsDocument, type DatasetSemanticsQuery, type TileKind } from '../../gql/graphql';
import { Field, TextField } from '../../ui/field';
import { Icon, type IconName } from '../../ui/icons';
import { PickList, type PickOption } from '../../ui/pick-list';
import { Select } from '../../ui/select';
import { GRAINS, RANGES, TILE_KINDS, withDataset, withKind, type Missing, type TileDraft } from './tile-draft';

const KIND_ICONS: Record<TileKind, IconName> = {
  NUMBER: 'number',
  LINE: 'line',
  AREA: 'area',
  BAR: 'bar',
  PIE: 'pie',
  TABLE: 'table',
};
const WIDTHS = ['3', '4', '6', '8', '12'] as const;
const HEIGHTS = ['2', '3', '4', '6', '8'] as const;
const LIMITS = ['5', '10', '20', '50', '100', '1000'] as const;
const NONE = 'none';

export interface TileFormProps {
  draft: TileDraft;
  onChange: (draft: TileDraft) => void;
  missing: readonly Missing[];
  datasets: readonly { id: string; label: string; name: string }[];
}

export function TileForm({ draft, onChange, missing, datasets }: TileFormProps) {
  const { t } = useTranslation();
  const [{ data, fetching }] = useQuery({
    query: DatasetSemanticsDocument,
    variables: { id: draft.dataset ?? '' },
    pause: !draft.dataset,
  });
  const semantics = data?.dataset?.id === draft.dataset ? data?.dataset : undefined;
  const set = (change: Partial<TileDraft>): void => onChange({ ...draft, ...change });
  const need = (part: Missing): string | undefined => (missing.includes(part) ? t(`tile.missing.${part}`) : undefined);

  return (
    <div className="flex flex-col gap-4">
      <TextField
        label={t('tile.titleField')}
        value={draft.title}
        maxLength={120}
        data-testid="tile-title-input"
        error={missing.includes('title') && !draft.title.trim() ? need('title') : undefined}
        onChange={(event) => set({ title: event.target.value })}
      />
      <KindPicker kind={draft.kind} onChange={(kind) => onChange(withKind(draft, kind))} />
      <Field label={t('tile.dataset')} error={draft.dataset ? undefined : need('dataset')}>
        {(ids) => (
          <Select
            {...ids}
            value={draft.dataset}
            placeholder={t('tile.datasetPlaceholder')}
            options={datasets.map(({ id, label, name }) => ({ value: id, label, detail: name }))}
            onChange={(dataset) => onChange(withDataset(draft, dataset))}
          />
        )}
      </Field>
      {draft.dataset && (
        <>
          <PickList
            label={t('tile.measures')}
            loading={fetching && !semantics}
            options={(semantics?.metrics ?? []).map(({ name, label, aggregation }) => ({
              value: name,
              label,
              detail: aggregation,
            }))}
            chosen={draft.measures}
            error={draft.measures.length > 0 ? undefined : need('measures')}
            empty={t('tile.noMeasures')}
            onChange={(measures) => set({ measures })}
          />
          <PickList
            label={t('tile.dimensions')}
            loading={fetching && !semantics}
            options={dimensionsOf(semantics)}
            chosen={draft.dimensions}
            error={draft.dimensions.length > 0 || draft.grain ? undefined : need('axis')}
            empty={t('tile.noDimensions')}
            onChange={(dimensions) => set({ dimensions })}
          />
        </>
      )}
      {semantics?.timeField && (
        <div className="grid grid-cols-2 gap-3">
          <Field label={t('tile.grain')}>
            {(ids) => (
              <Select
                {...ids}
                value={draft.grain ?? NONE}
                options={[
                  { value: NONE, label: t('grain.none') },
                  ...GRAINS.map((value) => ({ value, label: t(`grain.${value}`) })),
                ]}
                onChange={(grain) => set({ grain: grain === NONE ? undefined : (grain as TileDraft['grain']) })}
              />
            )}
          </Field>
          <Field label={t('tile.range')}>
            {(ids) => (
              <Select
                {...ids}
                value={draft.last || NONE}
                options={rangeOptions(draft.last).map((value) => ({ value: value || NONE, label: rangeLabel(value) }))}
                onChange={(last) => set({ last: last === NONE ? '' : last })}
              />
            )}
          </Field>
        </div>
      )}
      <div className="grid grid-cols-3 gap-3">
        <Pick
          label={t('tile.width')}
          value={draft.w}
          options={WIDTHS}
          name={(value) => t('tile.columns', { n: value })}
          onChange={(w) => set({ w })}
        />
        <Pick
          label={t('tile.height')}
          value={draft.h}
          options={HEIGHTS}
          name={(value) => t('tile.rows', { n: value })}
          onChange={(h) => set({ h })}
        />
        <Pick
          label={t('tile.limit')}
          value={draft.limit}
          options={LIMITS}
          name={(value) => value}
          onChange={(limit) => set({ limit })}
        />
      </div>
    </div>
  );

  function rangeLabel(value: string): string {
    const known = RANGES.find((range) => range === value);
    return known === undefined ? value : t(`range.${known || 'all'}`);
  }
}

const rangeOptions = (last: string): string[] => [...new Set<string>([...RANGES, last])];

/** The dataset's own dimensions, then those of what it is joined with, named `join.dimension`. */
function dimensionsOf(dataset: DatasetSemanticsQuery['dataset'] | undefined): PickOption[] {
  if (!dataset) return [];
  const own = dataset.dimensions.map(({ name, label, type }) => ({ value: name, label, detail: type }));
  const joined = dataset.joins.flatMap((join) =>
    join.dataset.dimensions.map(({ name, label }) => ({
      value: `${join.name}.${name}`,
      label: `${join.name} · ${label}`,
      detail: join.dataset.label,
    })),
  );
  return [...own, ...joined];
}

function KindPicker({ kind, onChange }: { kind: TileKind; onChange: (kind: TileKind) => void }) {
  const { t } = useTranslation();
  return (
    <div>
      <div className="mb-1.5 text-[0.8125rem] font-medium text-text-2" id="tile-kind">
        {t('tile.kind')}
      </div>
      <ToggleGroup.Root
        type="single"
        value={kind}
        aria-labelledby="tile-kind"
        onValueChange={(next) => next && onChange(next as TileKind)}
        className="grid grid-cols-3 gap-1.5"
      >
        {TILE_KINDS.map((value) => (
          <ToggleGroup.Item
            key={value}
            value={value}
            className="flex h-9 items-center justify-center gap-2 rounded-md border border-control text-[0.8125rem] text-text-2 hover:bg-hover data-[state=on]:border-accent-text data-[state=on]:bg-accent-soft data-[state=on]:text-accent-text"
          >
            <Icon name={KIND_ICONS[value]} />
            {t(`kind.${value}`)}
          </ToggleGroup.Item>
        ))}
      </ToggleGroup.Root>
    </div>
  );
}

/** A choice among numbers; a stored one that is not offered is offered too. */
function Pick({
  label,
  value,
  options,
  name,
  onChange,
}: {
  label: string;
  value: number;
  options: readonly string[];
  name: (value: string) => string;
  onChange: (value: number) => void;
}) {
  const all = [...new Set([...options, String(value)])].sort((a, b) => Number(a) - Number(b));
  return (
    <Field label={label}>
      {(ids) => (
        <Select
          {...ids}
          value={String(value)}
          options={all.map((option) => ({ value: option, label: name(option) }))}
          onChange={(next) => onChange(Number(next))}
        />
      )}
    </Field>
  );
}
