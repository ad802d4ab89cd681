/** Where our answer is another than Apache Kafka's, and why that is so. */
export const acceptedDifferences: ReadonlyMap<string, string> = new Map([
  ['Fetch: -1 bytes', 'Kafka fails inside at a size below 0; we take it for 0'],
  ['DescribeQuorum: v0, the metadata', 'the metadata logs have other lengths'],
  ['DescribeQuorum: v1, the metadata', 'the metadata logs have other lengths'],
  ['DescribeQuorum: v2, the metadata', 'the metadata logs have other lengths'],
]);
