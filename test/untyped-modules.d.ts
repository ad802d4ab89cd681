declare module 'kafkajs-snappy' {
  /** Makes kafkajs' codec for snappy. */
  const codec: () => unknown;
  // biome-ignore lint/style/noDefaultExport: the module has no other export.
  export default codec;
}
