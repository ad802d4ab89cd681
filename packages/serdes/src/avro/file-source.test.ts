import type { Disk } from '@nagare/base';
import { describe, expect, test } from 'vitest';
import { avro } from './avro.ts';
import { openSchemaFile } from './file-source.ts';

function diskWith(content: string): Disk {
  return { readFile: async () => Buffer.from(content) } as Partial<Disk> as Disk;
}

describe('a file of schemas', () => {
  test('gives its ids to records', async () => {
    const source = await openSchemaFile(diskWith('{"7": "int", "12": {"type": "string"}}'), '/schemas.json');
    const bytes = avro({ type: 'string' }, { source }).serialize('t', 'x');
    expect(bytes?.toString('hex')).toBe('000000000c0278');
    expect(avro('int', { source }).deserialize('t', Buffer.from('000000000702', 'hex'))).toBe(1);
  });

  test('refuses a schema that it has not, and says where it belongs', async () => {
    const source = await openSchemaFile(diskWith('{}'), '/schemas.json');
    expect(() => avro('int', { source }).serialize('t', 1)).toThrow(/t-value is not in \/schemas\.json/);
  });

  test.each(['', '[]', '{"one": "int"}', '{"-1": "int"}'])('refuses the content %s', async (content) => {
    await expect(openSchemaFile(diskWith(content), '/schemas.json')).rejects.toMatchObject({
      code: 'NAGARE_SERDES_BAD_BYTES',
    });
  });
});
