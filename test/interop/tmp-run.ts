import { join } from 'node:path';
import { writeFileSync, mkdirSync, rmSync } from 'node:fs';
const root='/work/main/test';
const { startBroker } = await import(root+'/tools/broker.ts');
const { ToolHost } = await import(root+'/interop/transcripts/tool-host.ts');
const { commandsOf, runCommand } = await import(root+'/interop/transcripts/transcript.ts');
const versions = process.argv.slice(2);
rmSync('/tmp/tt/data',{recursive:true,force:true});
const brokers = [await startBroker('kafka',{dataDirectory:'/tmp/tt/data/kafka'}), await startBroker('nagare',{dataDirectory:'/tmp/tt/data/nagare'})];
console.log('started');
const { kafka: K } = {} as any;
for (const v of versions) {
  const t00=Date.now();
  const host = await ToolHost.start(v);
  const outs=['',''];let diffs=0;
  const only=process.env.ONLY; 
  for (const c of commandsOf(v)) {
    if (only && !new RegExp(only).test(c.line)) continue;
    const said:string[]=[];const ms:number[]=[];
    for (const [i,b] of brokers.entries()) { const t0=Date.now(); const e=await runCommand(host,c,b); ms.push(Date.now()-t0); said.push(e.said); outs[i]+=`### ${c.line}\n${e.said}\n`; }
    if (said[0]!==said[1]) diffs++;
    writeFileSync(`/tmp/tt/${v}.kafka`,outs[0]!);writeFileSync(`/tmp/tt/${v}.nagare`,outs[1]!);
    console.log(said[0]===said[1]?'  ':'!!',ms.join('/'),c.line.slice(0,110));
  }
  await host[Symbol.asyncDispose]();
  console.log('diffs',diffs,'in',Date.now()-t00);
}
for (const b of brokers) await b[Symbol.asyncDispose]();
