import 'reflect-metadata';
import { startImport } from './steps';
import { startSources, type StoreAddresses } from './world';

/** A process that imports an uploaded file and is killed from outside while it does. */
process.once('message', (addresses: StoreAddresses) => {
  void (async () => {
    const sources = await startSources(addresses);
    const actor = sources.actor('tenant_admin');
    const lines = Array.from({ length: 400_000 }, (_, id) => `${id},"text of row ${id}"`);
    const { body } = await actor.upload('big.csv', `id,text\n${lines.join('\n')}\n`);
    const { importRun } = await startImport(actor, { fileId: body.data.fileId, name: 'it' });
    process.send!({ tenantId: actor.tenantId, runId: importRun!.id });
  })();
});
