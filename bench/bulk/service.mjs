// A fake service in a process of its own: `node --conditions=@coffer/source service.mjs DRIVER SECRETS DELAY`. It tells the
// settings of a component for it, and at the message `counts` what it has counted.
const [driver, secrets, delay] = process.argv.slice(2);
const { start } = await import(`./stores/${driver}.mjs`);
const names = Array.from({ length: Number(secrets) }, (_, index) => `secret-${String(index).padStart(5, '0')}`);
const service = await start({ names, textOf: (name) => `value of ${name} `.padEnd(64, 'x'), delay: Number(delay) });
process.on('message', () => process.send(service.counts()));
process.once('disconnect', () => service.close());
process.send({ properties: service.properties, environment: service.environment ?? {} });
