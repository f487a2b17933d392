import { ConfigResourceTypes, type Admin } from 'kafkajs';
import type { TopicOptions } from '../log';
import { MAX_BATCH_BYTES } from './messages';

/** Makes a topic with its settings, or brings an existing one up to them; never shrinks one. */
export async function ensureTopic(
  admin: Admin,
  topic: string,
  { partitions, retentionMs }: TopicOptions,
  replicationFactor: number,
) {
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > 1_000) {
    throw new Error(`a topic has 1 to 1000 partitions, not ${partitions}`);
  }
  const configEntries = [
    { name: 'retention.ms', value: String(retentionMs ?? -1) },
    { name: 'retention.bytes', value: '-1' },
    { name: 'cleanup.policy', value: 'delete' },
    { name: 'max.message.bytes', value: String(MAX_BATCH_BYTES) },
  ];
  const made = await admin.createTopics({
    waitForLeaders: true,
    topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }],
  });
  if (made) return;
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }],
  });
  if ((await partitionsOf(admin, topic)) < partitions) {
    await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] });
  }
}

export async function partitionsOf(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const found = topics.find(({ name }) => name === topic);
  if (!found) throw new Error(`there is no topic "${topic}" in the log: make it with ensureTopic first`);
  return found.partitions.length;
}

export type Bounds = Map<number, { first: bigint; next: bigint }>;

export async function boundsOf(admin: Admin, topic: string): Promise<Bounds> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return new Map(
    offsets
      .map(({ partition, low, high }) => [partition, { first: BigInt(low), next: BigInt(high) }] as const)
      .sort(([a], [b]) => a - b),
  );
}
