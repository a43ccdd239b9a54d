package org.forkwitness.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.dockerjava.api.DockerClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.forkwitness.harness.Command;
import org.forkwitness.harness.Expect;
import org.forkwitness.harness.FinishedCommand;
import org.forkwitness.harness.Installation;
import org.forkwitness.harness.Reports;
import org.forkwitness.report.Report;
import org.forkwitness.scenarios.AttachMain;
import org.forkwitness.scenarios.ForkMain;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.images.builder.ImageFromDockerfile;

/** docs/deployment.md: whoever copies its lines gets reports. */
@InContainers
class DeploymentGuideTest {
    /** The names that the page uses for what its reader has. */
    private static final String APPLICATION = "your-application:1.0";

    private static final String WITH_AGENT = APPLICATION + "-forkwitness";
    /** A machine that is busy with other things may need longer than the default allows. */
    private static final String PATIENT = "ENV FORKWITNESS_OPTIONS=exit-wait=60s\n";

    private static final String SIDE_CAR = "forkwitness-collector";

    private final Guide guide = new Guide("deployment.md");
    private final DockerClient client = DockerClientFactory.instance().client();

    @TempDir
    Path directory;

    @BeforeEach
    void makeApplication() {
        String java = Stream.concat(App.classPath().stream(), Stream.of(ForkMain.class.getName(), "exec", "_exit"))
                .collect(Collectors.joining("\", \"", "CMD [\"java\", \"", "\"]"));
        new ImageFromDockerfile(APPLICATION, false)
                .withFileFromString(
                        "Dockerfile",
                        "FROM " + Image.any().built().get() + "\nRUN rm -r /opt/forkwitness\n" + PATIENT + java)
                .withBuildImageCmdModifier(build -> build.withNetworkMode("none"))
                .get();
    }

    /** Whatever has become of the commands. */
    @AfterEach
    void removeWhatThePageMade() {
        Command.run(List.of("docker", "rm", "--force", SIDE_CAR));
        Command.run(List.of("docker", "image", "rm", "--force", WITH_AGENT, APPLICATION));
    }

    @Test
    void commandsInTheirOrder() throws IOException {
        Command.run(List.of(
                        "cp",
                        "-r",
                        Installation.home().toString(),
                        directory.resolve("forkwitness").toString()))
                .assertExit(0);
        List<String> dockerfiles = guide.blocks("dockerfile");
        assertEquals(1, dockerfiles.size());
        Files.writeString(directory.resolve("Dockerfile"), dockerfiles.get(0));
        String script = String.join("", guide.blocks("sh"));
        FinishedCommand run =
                Command.run(List.of("sh", "-euc", "cd '" + directory + "'\nexport DOCKER_BUILDKIT=0\n" + script));
        run.assertExit(0);
        for (String reports : List.of("reports", "shared/reports")) {
            Report report = new Reports(directory.resolve(reports)).awaitFinal();
            Expect.complete(report, 2);
            assertEquals(1, report.process().pid());
        }
        List<String> told = run.out().stream()
                .filter(line -> line.contains("2 forks at 2 sites: 2 safe"))
                .toList();
        assertEquals(2, told.size(), run.out()::toString);
    }

    @Test
    void containersOfTheManifest() {
        String volume = "/shared";
        try (RunningApp pipe =
                pod(volume).command(guide.command("forkwitness-pipe")).start()) {
            pipe.awaitExit(0);
        }
        List<String> java = new ArrayList<>(List.of("java"));
        java.addAll(App.classPath());
        java.add(AttachMain.class.getName());
        try (RunningApp sideCar = pod(volume)
                        .memoryMib(guide.memoryMib(SIDE_CAR))
                        .environment("JAVA_TOOL_OPTIONS", "-agentpath:" + App.AGENT)
                        .command(guide.command(SIDE_CAR))
                        .start();
                RunningApp application = pod(volume)
                        .memoryMib(guide.memoryMib("application"))
                        .environment("JAVA_TOOL_OPTIONS", guide.variable("application", "JAVA_TOOL_OPTIONS"))
                        .withInput()
                        .command(java.toArray(String[]::new))
                        .start()) {
            sideCar.reports().await(r -> r.summary().forks() == 2);
            application.endInput();
            application.awaitExit(0);
            sideCar.awaitExit(0);
            Expect.complete(sideCar.reports().awaitFinal(), 2);
            assertEquals(1, sideCar.reports().files("json").size());
            assertTrue(application.agentLines().isEmpty(), application.err()::toString);
        }
    }

    private App pod(String volume) {
        return App.of(Image.any(), directory).bind(directory, volume, true);
    }
}
