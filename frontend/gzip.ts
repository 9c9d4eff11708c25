/** Writes each script and style of the bundle a second time, compressed, beside itself: `index-….js.gz`.
 *
 * WhiteNoise, and nginx with `gzip_static`, hand that one out to browsers that take it, and no server compresses the same
 * bytes again for each of them. Compressed by fflate, since zlib's output depends on its version and on the processor:
 * the bundle is the same wherever it is built.
 */
import { gzipSync } from "fflate";
import type { Plugin } from "vite";

const TEXT = /\.(js|css)$/;
/** What fits into one packet is no faster for being smaller. */
const LEAST_BYTES = 1_024;

export function gzipped(): Plugin {
  return {
    name: "sched-gzipped",
    apply: "build",
    generateBundle: {
      // Behind all that still change what is in a file.
      order: "post",
      handler(_options, bundle) {
        for (const [fileName, file] of Object.entries(bundle)) {
          const bytes = Buffer.from(file.type === "chunk" ? file.code : file.source);
          if (!TEXT.test(fileName) || bytes.length < LEAST_BYTES) continue;
          // Without the hour, which is not the same in two builds.
          const source = gzipSync(bytes, { level: 9, mtime: 0 });
          this.emitFile({ type: "asset", fileName: `${fileName}.gz`, source });
        }
      },
    },
  };
}
