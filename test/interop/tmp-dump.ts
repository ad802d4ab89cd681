const { startBroker } = await import('../tools/broker.ts');
const { ToolHost } = await import('./transcripts/tool-host.ts');
const { commandsOf, runCommand } = await import('./transcripts/transcript.ts');
const { dumpLogs } = await import('./dump-log.ts');
const { rmSync } = await import('node:fs');
rmSync('/tmp/tt/dd', { recursive: true, force: true });
const settings = { 'node.id': '1', 'metadata.log.max.record.bytes.between.snapshots': '3000' };
const b = await startBroker('nagare', { dataDirectory: '/tmp/tt/dd/n', settings });
const host = await ToolHost.start('3.9.2');
for (const c of commandsOf('3.9.2')) {
  if (!/topics --(create|delete)|topic codecs|scene|start-offset 0|paid|shoppers --topic spoken --(to-latest|shift|from)|topic spoken$|--add-config|--delete --group/.test(c.line) || /hasty/.test(c.line)) continue;
  await runCommand(host, c, b);
}
await host[Symbol.asyncDispose]();
await b.stop();
const { complaints, stdout } = await dumpLogs('/tmp/tt/dd/n');
console.log('complaints', complaints.slice(0, 5));
const dumped = new Set([...stdout.matchAll(/^Dumping \S*\/(\S+?)-\d+\/\d[\d-]*\.(\w+)$/gm)].map(([, l, k]) => `${l} ${k}`));
console.log([...dumped].join(', '));
for (const r of [...['NONE', 'GZIP', 'SNAPPY', 'LZ4', 'ZSTD'].map((codec) => new RegExp(`compresscodec: ${codec}`, 'i')), /endTxnMarker: COMMIT/, /endTxnMarker: ABORT/, ...[1, 2, 3, 5, 6, 7, 8].map((t) => new RegExp(`key: {"type":"${t}"`)), /transactionalId/, /TOPIC_RECORD/]) console.log(String(r), r.test(stdout));
