/** Where what a tool says of our broker is not what it says of Apache Kafka, by command line, and why that is so. */
export const acceptedDifferences: ReadonlyMap<string, string> = new Map([]);
