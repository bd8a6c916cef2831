import { chmodSync, chownSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { trustedPart } from '../../src/pluggable/host/trusted-part.ts';
import { readSocketFolder, reasonToDistrustFolder, type SocketFolder } from '../../src/pluggable/socket-folder.ts';
import { keptLog, temporaryFolder } from './support.ts';

const own = process.getuid?.() ?? 0;
/** A user to whom our files are somebody else's. To everybody the files of root are trusted: root has to give them away. */
const STRANGER = 12_345;
const giveAway = (path: string): void => {
  if (own === 0) chownSync(path, STRANGER, STRANGER);
};
const owner = own === 0 ? STRANGER : own;
const other = own === 0 ? 0 : own + 1;

async function listen(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
}

describe('the default folder', () => {
  it('is trusted when nobody else may write to it', async () => {
    using folder = temporaryFolder();
    expect(await reasonToDistrustFolder(folder.path)).toBeUndefined();
    expect(await reasonToDistrustFolder('/')).toBeUndefined();
  });

  it.each([0o777, 0o770, 0o702, 0o1777])('is not with mode %o', async (mode) => {
    using folder = temporaryFolder();
    chmodSync(folder.path, mode);
    expect(await reasonToDistrustFolder(folder.path)).toBe('other users may write to it');
  });

  it('is not when it is a link', async () => {
    using folder = temporaryFolder();
    symlinkSync(folder.path, folder.socket('link'));
    expect(await reasonToDistrustFolder(folder.socket('link'))).toBe('it is a link');
  });

  it('is left alone when it is somebody else’s', async () => {
    using folder = temporaryFolder();
    await listen(folder.socket('a.sock'));
    giveAway(folder.path);
    const { lines, loggerFor } = keptLog();
    const part = await trustedPart((await readSocketFolder(folder.path)) as SocketFolder, folder.path, loggerFor(''), other);
    expect(part).toEqual({ sockets: [], others: [] });
    expect(lines).toEqual([
      `warning pluggable components in ${folder.path} are not used: it belongs to user ${owner}. Name a folder that only you can write to in DAPR_COMPONENTS_SOCKETS_FOLDER, or ${folder.path} itself to trust it`,
    ]);
  });

  it('is used without the sockets that are somebody else’s', async () => {
    using folder = temporaryFolder();
    for (const name of ['a.sock', 'b.sock']) await listen(folder.socket(name));
    // To root its own folder is trusted; to anybody else every file here is a stranger's, or none.
    if (own === 0) giveAway(folder.socket('a.sock'));
    const { lines, loggerFor } = keptLog();
    const { sockets } = await trustedPart((await readSocketFolder(folder.path)) as SocketFolder, folder.path, loggerFor(''), own);
    expect(sockets.map(({ name }) => name)).toEqual(own === 0 ? ['b'] : ['a', 'b']);
    expect(lines).toHaveLength(own === 0 ? 1 : 0);
  });
});
