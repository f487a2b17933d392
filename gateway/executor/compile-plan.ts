import type { PlanNode } from '@apollo/query-planner';
import { compileFetch } from './compile-fetch';
import { collectObjects } from './paths';
import type { TypeConditions } from './type-conditions';
import type { Step } from './types';

/** A plan as one function; null when an operation needs no subgraph. */
export function compilePlan(node: PlanNode | undefined, types: TypeConditions): Step | null {
  return node ? compileNode(node, types) : null;
}

function compileNode(node: PlanNode, types: TypeConditions): Step {
  switch (node.kind) {
    case 'Fetch':
      return compileFetch(node, types);
    case 'Sequence': {
      const steps = node.nodes.map((child) => compileNode(child, types));
      return async (context, cursor) => {
        for (const step of steps) await step(context, cursor);
      };
    }
    case 'Parallel': {
      const steps = node.nodes.map((child) => compileNode(child, types));
      return async (context, cursor) => {
        await Promise.all(steps.map(async (step) => step(context, cursor)));
      };
    }
    case 'Flatten': {
      const path = node.path.map(String);
      const step = compileNode(node.node, types);
      return (context, cursor) => {
        const objects = collectObjects(cursor.objects, path);
        return objects.length === 0 ? undefined : step(context, { objects, path: [...cursor.path, ...path] });
      };
    }
    case 'Condition':
      throw new Error('a plan with conditions cannot be compiled: they are resolved before planning');
    case 'Defer':
      throw new Error('a plan with @defer cannot be compiled: the planner was not asked for one');
  }
}
