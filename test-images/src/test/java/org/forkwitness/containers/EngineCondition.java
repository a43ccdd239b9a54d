package org.forkwitness.containers;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Container tests run where bin/lib/with-containers or bin/test has made an engine and the base images ready. */
final class EngineCondition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        String given = System.getenv("FORKWITNESS_CONTAINERS");
        if ("on".equals(given)) {
            context.getRoot()
                    .getStore(ExtensionContext.Namespace.create(EngineCondition.class))
                    .computeIfAbsent("images", key -> (AutoCloseable) Image::removeAll);
            return ConditionEvaluationResult.enabled("there is an engine");
        }
        if (given == null && "true".equals(System.getenv("CI"))) {
            throw new IllegalStateException("container tests always run in CI, by bin/test or bin/lib/with-containers");
        }
        return ConditionEvaluationResult.disabled("no engine was made ready: bin/lib/with-containers does it");
    }
}
