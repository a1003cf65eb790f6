/** A node of EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON), as far as anything is asked of it. */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Parent Relationship'?: string;
  readonly 'Subplan Name'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Total Cost': number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly 'Temp Written Blocks': number;
  readonly 'Sort Space Type'?: string;
  readonly 'Hash Batches'?: number;
  readonly 'Workers Planned'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** What Postgres really did for one statement. */
export class QueryPlan {
  readonly text: string;
  readonly ms: number;
  private readonly root: PlanNode;
  private readonly nodes: readonly PlanNode[];

  constructor(explained: { 'Query Text': string; Plan: unknown }, ms: number) {
    this.text = explained['Query Text'];
    this.ms = ms;
    this.root = explained.Plan as PlanNode;
    this.nodes = below(this.root);
  }

  /** Indexes that were read, by name. */
  get indexes(): string[] {
    return distinct(this.nodes.map((node) => node['Index Name']));
  }

  /** Tables that were read from end to end. */
  get wholeTables(): string[] {
    return distinct(
      this.nodes
        .filter((node) => node['Node Type'] === 'Seq Scan' && node['Actual Loops'] > 0)
        .map((node) => node['Relation Name']),
    );
  }

  /** Pages of shared memory touched, by the statements in WITH that nothing reads from too. */
  get buffers(): number {
    return buffersOf(this.root);
  }

  /** Rows that scans looked at, kept or not. */
  get rowsRead(): number {
    const scans = this.nodes.filter(
      (node) => node['Relation Name'] !== undefined && node['Node Type'] !== 'ModifyTable',
    );
    return Math.round(
      scans.reduce((sum, node) => {
        const looked =
          node['Actual Rows'] +
          (node['Rows Removed by Filter'] ?? 0) +
          (node['Rows Removed by Index Recheck'] ?? 0);
        return sum + looked * node['Actual Loops'];
      }, 0),
    );
  }

  /** What the planner thinks of it; above jit_above_cost (100,000) it would be compiled before it runs. */
  get cost(): number {
    return this.root['Total Cost'];
  }

  /** Whether a sort, a hash or a WITH did not fit into work_mem. */
  get spills(): boolean {
    return this.nodes.some(
      (node) =>
        node['Sort Space Type'] === 'Disk' ||
        (node['Hash Batches'] ?? 1) > 1 ||
        node['Temp Written Blocks'] > 0,
    );
  }

  /** Whether workers were to share it. */
  get isParallel(): boolean {
    return this.nodes.some((node) => node['Workers Planned'] !== undefined);
  }

  get hashesSubplan(): boolean {
    return JSON.stringify(this.root).includes('hashed SubPlan');
  }

  /** The tree in few words, for whoever reads that a test failed. */
  toString(): string {
    return outline(this.root, 0);
  }
}

/**
 * Each page once. A node's figure holds those of its children, but what a WITH reads is in the figure of whatever
 * scans it, if anything does: so each WITH is counted where it stands and each scan of one not at all.
 */
function buffersOf(node: PlanNode): number {
  const children = node.Plans ?? [];
  const own =
    node['Node Type'] === 'CTE Scan'
      ? 0
      : pagesOf(node) - sum(children.filter((child) => !isWith(child)).map(pagesOf));
  return own + sum(children.map(buffersOf));
}

function isWith(node: PlanNode): boolean {
  return node['Subplan Name']?.startsWith('CTE ') ?? false;
}

function pagesOf(node: PlanNode): number {
  return node['Shared Hit Blocks'] + node['Shared Read Blocks'];
}

function below(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(below)];
}

function outline(node: PlanNode, depth: number): string {
  const what = [node['Subplan Name'], node['Node Type'], node['Index Name'] ?? node['Relation Name']]
    .filter((part) => part !== undefined)
    .join(' ');
  const line = `${'  '.repeat(depth)}${what}: ${node['Actual Rows']} rows × ${node['Actual Loops']}, ${pagesOf(node)} pages`;
  return [line, ...(node.Plans ?? []).map((child) => outline(child, depth + 1))].join('\n');
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function distinct(names: readonly (string | undefined)[]): string[] {
  return [...new Set(names.filter((name) => name !== undefined))].toSorted();
}
