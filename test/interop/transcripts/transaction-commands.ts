import { type Command, lines, newer } from './command.ts';

/** Transactions looked at when they are over, while one is open, and when it has been ended by force. */
export const transactionCommands: readonly Command[] = [
  ...lines(`
    kafka-transactions list
    kafka-transactions describe --transactional-id teller
    kafka-transactions describe --transactional-id nobody
    kafka-transactions describe-producers --topic paid --partition 0
    kafka-transactions --command-config {dir}/hasty.properties describe-producers --topic paid --partition 9
    kafka-transactions --command-config {dir}/hasty.properties describe-producers --topic missing --partition 0
    kafka-transactions describe-producers --topic paid --partition 0 --broker-id 1
    scene open {bootstrap} hanging payments
    kafka-transactions describe --transactional-id hanging
    kafka-transactions describe-producers --topic payments --partition 0
    kafka-transactions list
    kafka-transactions find-hanging --broker-id 1
    kafka-transactions find-hanging --broker-id 1 --max-transaction-timeout 0
    kafka-transactions find-hanging --topic payments --partition 0
    kafka-transactions --command-config {dir}/hasty.properties find-hanging --topic missing
    kafka-get-offsets --topic payments --time latest
    kafka-console-consumer --topic payments --from-beginning --isolation-level read_committed --timeout-ms 1000 --group reader-6
    kafka-console-consumer --topic payments --from-beginning --max-messages 3 --group reader-7
    kafka-transactions abort --topic payments --partition 0 --start-offset 77
    kafka-transactions --command-config {dir}/hasty.properties abort --topic missing --partition 0 --start-offset 0
    kafka-transactions abort --topic payments --partition 0
    kafka-transactions abort --topic payments --partition 0 --start-offset 0
    kafka-transactions describe-producers --topic payments --partition 0
    kafka-get-offsets --topic payments
    kafka-console-consumer --topic payments --from-beginning --isolation-level read_committed --timeout-ms 1000 --group reader-8
    scene close {bootstrap}
    scene open {bootstrap} hanging payments
    scene open {bootstrap} hanging payments
    scene close {bootstrap}
  `),
  ...newer(`
    kafka-transactions list --duration-filter 100000000
    kafka-transactions list --transactional-id-pattern tel.*
    kafka-transactions list --transactional-id-pattern [
    kafka-transactions forceTerminateTransaction --transactionalId hanging
    kafka-transactions forceTerminateTransaction --transactionalId nobody
    kafka-transactions describe --transactional-id hanging
  `),
];
