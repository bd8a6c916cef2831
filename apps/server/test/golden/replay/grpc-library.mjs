import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const HERE = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

// gRPC is optional: cases that need it are skipped when the two packages can't be found from here or from the cwd.

export async function loadGrpc() {
  for (const base of [HERE, process.cwd()]) {
    try {
      const require = createRequire(path.join(base, 'x.js'));
      const load = async (name) => {
        const module = await import(pathToFileURL(require.resolve(name)).href);
        return module.default ?? module;
      };
      const grpc = await load('@grpc/grpc-js');
      const loader = await load('@grpc/proto-loader');
      const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'golden-proto-'));
      const files = fs.readFileSync(path.join(HERE, 'proto/golden.proto'), 'utf8').split(/^\/\/\/\/ (.*)\n/m);
      let definitions = {};
      for (let i = 1; i < files.length; i += 2) {
        fs.writeFileSync(path.join(dir, files[i]), files[i + 1]);
        definitions = {
          ...definitions,
          ...loader.loadSync(path.join(dir, files[i]), { keepCase: true, longs: Number, enums: String }),
        };
      }
      fs.rmSync(dir, { recursive: true });
      return { grpc, definitions };
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}
