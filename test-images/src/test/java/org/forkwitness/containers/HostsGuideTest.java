package org.forkwitness.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.forkwitness.harness.Command;
import org.forkwitness.harness.FinishedCommand;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Installation;
import org.forkwitness.harness.Reports;
import org.forkwitness.hosts.JpypeReport;
import org.forkwitness.report.AllocatorName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.images.builder.ImageFromDockerfile;

/** docs/hosts.md: whoever copies its Dockerfile gets reports of a Python program, under the allocator that it preloads. */
@InContainers
class HostsGuideTest {
    /** The name that the page uses for what its reader has. */
    private static final String APPLICATION = "your-python-application:1.0";

    private static final String WITH_AGENT = APPLICATION + "-forkwitness";

    /** It has the allocator, and patience with a machine that is busy with other things. */
    private static final String DOCKERFILE = """
            FROM %s
            RUN rm -r /opt/forkwitness
            COPY --from=forkwitness-test/allocators:current /usr/lib/*-linux-gnu/libjemalloc.so.2 /usr/lib/
            ENV FORKWITNESS_OPTIONS=exit-wait=60s
            CMD ["/usr/bin/python3", "/app/hosts/python/jpype_host.py", "-Xint", "process"]
            """;

    @TempDir
    Path directory;

    /** Whatever has become of the commands. */
    @AfterEach
    void removeImages() {
        Command.run(List.of("docker", "image", "rm", "--force", WITH_AGENT, APPLICATION));
    }

    @Test
    void pythonApplication() throws IOException {
        new ImageFromDockerfile(APPLICATION, false)
                .withFileFromString(
                        "Dockerfile",
                        DOCKERFILE.formatted(new Image("jpype").built().get()))
                .withBuildImageCmdModifier(build -> build.withNetworkMode("none"))
                .get();
        List<String> dockerfiles = new Guide("hosts.md").blocks("dockerfile");
        assertEquals(1, dockerfiles.size());
        Files.writeString(directory.resolve("Dockerfile"), dockerfiles.get(0));
        String home = Installation.home().toString();
        String place = directory.toString();
        Command.run(List.of("cp", "-r", home, place + "/forkwitness")).assertExit(0);
        Command.run(List.of("env", "DOCKER_BUILDKIT=0", "docker", "build", "-t", WITH_AGENT, place))
                .assertExit(0);
        String volume = place + "/reports:/var/log/forkwitness";
        FinishedCommand run =
                Command.run(List.of("docker", "run", "--rm", "--network", "none", "-v", volume, WITH_AGENT));
        run.assertExit(0);
        FinishedScenario finished =
                new FinishedScenario(1, 0, run.out(), run.err(), new Reports(directory.resolve("reports")));
        JpypeReport.processOfMultiprocessing(finished);
        assertEquals(
                AllocatorName.JEMALLOC,
                finished.report().environment().allocator().name());
    }
}
