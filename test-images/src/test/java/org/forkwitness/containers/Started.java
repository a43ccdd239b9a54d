package org.forkwitness.containers;

import com.github.dockerjava.api.DockerClient;
import org.testcontainers.containers.startupcheck.StartupCheckStrategy;

/** A container has started as soon as it runs, or has: how it ends is for the test to say. */
final class Started extends StartupCheckStrategy {
    @Override
    public StartupStatus checkStartupState(DockerClient client, String container) {
        return switch (String.valueOf(getCurrentState(client, container).getStatus())) {
            case "running", "exited" -> StartupStatus.SUCCESSFUL;
            default -> StartupStatus.NOT_YET_KNOWN;
        };
    }
}
