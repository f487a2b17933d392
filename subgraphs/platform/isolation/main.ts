import { Product } from '../testing/product';
import { proveIsolation } from './prove';

/** `npm run prove:isolation [-- URL]`: against a running product, or one that is started for the proof in a folder of its own. */
async function main(url: string | undefined): Promise<number> {
  const product = url ? null : await Product.start();
  try {
    const proof = await proveIsolation(url ?? product!.url, (line) => console.log(line));
    for (const breach of proof.breaches) console.error(`BREACH ${breach}`);
    console.log(`${proof.attacks} attacks on ${proof.rootFields} root fields, ${proof.breaches.length} breaches`);
    return proof.breaches.length > 0 ? 1 : 0;
  } finally {
    await product?.dispose();
  }
}

main(process.argv[2]).then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
