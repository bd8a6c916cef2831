/** How every library and app is built; a package adds its entries. */
export const shared = {
  format: 'esm',
  platform: 'node',
  target: 'node22.19',
  dts: true,
  fixedExtension: false,
  inputOptions: { preserveEntrySignatures: 'allow-extension' },
  outputOptions: { minifyInternalExports: false },
};
