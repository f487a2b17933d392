import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMutation, useQuery } from 'urql';
import {
  AddTileDocument,
  MetricPreviewDocument,
  QueryableDatasetsDocument,
  UpdateTileDocument,
} from '../../gql/graphql';
import { firstError, useErrorText, type UserError } from '../../lib/errors';
import { useFormat } from '../../lib/use-format';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Notice } from '../../ui/feedback';
import { freePlace } from './layout';
import { TileBody } from './tile-body';
import { emptyDraft, draftOf, missingIn, queryOf, type Missing, type Tile, type TileDraft } from './tile-draft';
import { TileForm } from './tile-form';

export interface TileDialogProps {
  dashboardId: string;
  /** The tiles there are, to find a place for a new one. */
  tiles: readonly Tile[];
  tile: Tile | undefined;
  onClose: () => void;
}

/** Adds a tile or edits one, with a preview of real numbers beside the form. */
export function TileDialog({ dashboardId, tiles, tile, onClose }: TileDialogProps) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [draft, setDraft] = useState<TileDraft>(() => (tile ? draftOf(tile) : emptyDraft(undefined)));
  const [shownMissing, setShownMissing] = useState<Missing[]>([]);
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [adding, add] = useMutation(AddTileDocument);
  const [updating, update] = useMutation(UpdateTileDocument);
  const [{ data: datasets }] = useQuery({ query: QueryableDatasetsDocument });

  const save = async (): Promise<void> => {
    const missing = missingIn(draft);
    setShownMissing(missing);
    const query = queryOf(draft);
    if (missing.length > 0 || !query) return;
    const { title, kind, w, h } = draft;
    const common = { title: title.trim(), kind, query };
    const context = { additionalTypenames: ['Tile', 'Dashboard'] };
    if (tile) {
      const { data, error } = await update(
        { input: { id: tile.id, ...common, layout: { ...tile.layout, w, h } } },
        context,
      );
      return finish(error ? [firstError(error)] : data?.updateTile.userErrors);
    }
    const layout = freePlace(
      tiles.map((other) => other.layout),
      w,
      h,
    );
    const { data, error } = await add({ input: { dashboardId, ...common, layout } }, context);
    finish(error ? [firstError(error)] : data?.addTile.userErrors);
  };

  const finish = (userErrors: readonly UserError[] = []): void => {
    setErrors(userErrors);
    if (userErrors.length === 0) onClose();
  };

  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={tile ? t('tile.editTitle') : t('tile.add')}
      footer={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button
            variant="primary"
            busy={adding.fetching || updating.fetching}
            onClick={() => void save()}
            data-testid="tile-save"
          >
            {tile ? t('action.save') : t('tile.add')}
          </Button>
        </>
      }
    >
      <div className="grid gap-6 md:grid-cols-[22rem_1fr]">
        <div>
          {errors.map((error) => (
            <div key={error.message} className="mb-4">
              <Notice tone="danger">{errorText(error)}</Notice>
            </div>
          ))}
          <TileForm
            draft={draft}
            onChange={setDraft}
            missing={shownMissing}
            datasets={datasets?.datasets.edges.map((edge) => edge.node) ?? []}
          />
        </div>
        <Preview draft={draft} />
      </div>
    </Dialog>
  );
}

/** Runs the draft's query shortly after the last change and shows it as the tile will. */
function Preview({ draft }: { draft: TileDraft }) {
  const { t } = useTranslation();
  const format = useFormat();
  const errorText = useErrorText();
  const wanted = JSON.stringify(missingIn(draft).some((part) => part !== 'title') ? null : queryOf(draft));
  const [settled, setSettled] = useState(wanted);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(wanted), 350);
    return () => clearTimeout(timer);
  }, [wanted]);
  const input = JSON.parse(settled) as ReturnType<typeof queryOf> | null;
  const [{ data, error, fetching }] = useQuery({
    query: MetricPreviewDocument,
    variables: { input: input ?? { dataset: '', measures: [] } },
    pause: !input,
  });
  const result = input ? data?.metricQuery : undefined;

  let body: ReactNode;
  if (!input)
    body = (
      <p className="flex items-center justify-center px-8 pb-4 text-center text-text-3">{t('tile.previewEmpty')}</p>
    );
  else if (error) body = <Notice tone="danger">{errorText(firstError(error))}</Notice>;
  else body = <TileBody kind={draft.kind} title={draft.title || t('tile.preview')} data={result} grain={draft.grain} />;

  return (
    <div className="min-w-0">
      <div className="mb-1.5 text-[0.8125rem] font-medium text-text-2">{t('tile.preview')}</div>
      <div
        className={`card flex flex-col ${draft.kind === 'NUMBER' ? 'h-44' : 'h-72 md:h-96'} bg-surface pt-4 transition-opacity ${fetching ? 'opacity-60' : ''}`}
      >
        <div className="flex min-h-0 flex-1 flex-col [&>*]:min-h-0 [&>*]:flex-1">{body}</div>
      </div>
      {result && (
        <p className="mt-2 text-xs text-text-3 tabular-nums">
          {t('tile.previewReceipt', {
            rows: format.integer(result.rows.length),
            scanned: format.integer(result.receipt.rowsScanned),
            elapsed: format.milliseconds(result.receipt.elapsedMs),
          })}
          {result.truncated && ` · ${t('tile.truncated')}`}
        </p>
      )}
    </div>
  );
}
