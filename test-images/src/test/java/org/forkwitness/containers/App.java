package org.forkwitness.containers;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Volume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.forkwitness.harness.Command;
import org.forkwitness.harness.FinishedScenario;
import org.forkwitness.harness.Host;
import org.forkwitness.harness.Reports;
import org.testcontainers.containers.GenericContainer;

/**
 * How to run something in a container under production limits: a read-only root, a user without rights, 512 MiB, one
 * CPU, no network, the default seccomp profile. It has one volume, a directory of the test. One use.
 */
final class App {
    /** Where the volume is in the container. */
    static final String VOLUME = "/volume";

    /** The agent in the container. */
    static final String AGENT = "/opt/forkwitness/lib/libforkwitness.so";

    private static final long MIB = 1 << 20;
    private static final int USER = 10001;

    private final Image image;
    private final Path volume;
    private final List<String> options = new ArrayList<>();
    private final List<String> jvm = new ArrayList<>();
    private final List<Bind> binds = new ArrayList<>();
    private final Map<String, String> tmpfs = new HashMap<>();
    private final Map<String, String> environment = new HashMap<>();
    private List<String> command = List.of();
    private String before = "";
    private String after = "";
    private boolean input;
    private boolean init;
    private long memory = 512 * MIB;

    private App(Image image, Path volume) {
        this.image = image;
        this.volume = volume;
    }

    /** In a container of this image. The reports go to the volume unless an option says otherwise. */
    static App of(Image image, Path volume) {
        App app = new App(image, volume);
        app.binds.add(new Bind(volume.toString(), new Volume(VOLUME)));
        openToAll(volume);
        openToAll(volume.resolve("reports"));
        return app;
    }

    /** Makes a directory that the user in the container may write to, who is none of this machine. */
    static Path openToAll(Path directory) {
        try {
            Files.createDirectories(directory);
            return Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A scenario, with the agent. */
    App scenario(Class<?> main, String... arguments) {
        List<String> java = new ArrayList<>(List.of("java", Host.AGENT));
        java.addAll(jvm);
        java.addAll(classPath());
        java.add(main.getName());
        java.addAll(Arrays.asList(arguments));
        return command(java.toArray(String[]::new));
    }

    /** The options by which a JVM in the container finds the scenarios. */
    static List<String> classPath() {
        return List.of("-Dforkwitness.scenarios=/app/lib", "-cp", "/app/classes:/app/jars/*");
    }

    /** Any command; {@link Host#AGENT} in it is the agent, as an option of the JVM. */
    App command(String... words) {
        command = List.of(words);
        return this;
    }

    /** With more agent options. */
    App options(String... more) {
        options.addAll(Arrays.asList(more));
        return this;
    }

    /** With more options of the JVM; before {@link #scenario}. */
    App jvm(String... more) {
        jvm.addAll(Arrays.asList(more));
        return this;
    }

    /** With a variable in its environment; {@link Host#AGENT} in it is the agent. */
    App environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** With shell commands before and after: the shell is the first process then, and the command its child. */
    App between(String first, String last) {
        before = first;
        after = last;
        return this;
    }

    /** Reads lines that the test sends. */
    App withInput() {
        input = true;
        return this;
    }

    /** With the engine's small init as the first process. */
    App withInit() {
        init = true;
        return this;
    }

    /** With so much memory. */
    App memoryMib(int mib) {
        memory = mib * MIB;
        return this;
    }

    /** With a volume of this many KiB in memory. */
    App tmpfs(String path, int kib) {
        tmpfs.put(path, "size=" + kib + "k,mode=1777");
        return this;
    }

    /** With one more directory of the test's, as it is. */
    App bind(Path directory, String path, boolean writable) {
        binds.add(Bind.parse(directory + ":" + path + (writable ? "" : ":ro")));
        return this;
    }

    private String agent() {
        String given = String.join(",", options);
        String reports = given.contains("reports=") || given.contains("pipe=") ? "" : "reports=" + VOLUME + "/reports";
        return "-agentpath:" + AGENT + "=" + String.join(",", reports, given).replaceAll("^,|,$", "");
    }

    private String filled(String text) {
        return text.replace(Host.AGENT, agent());
    }

    /** Runs it to its end, which must be that of a program without errors, with nothing on its standard input. */
    FinishedScenario run() {
        try (RunningApp running = start()) {
            return running.finish();
        }
    }

    /**
     * Runs it until the report says that the child, which it names on its standard output, is deadlocked; then a line on
     * its standard input tells it so.
     */
    FinishedScenario hangs() {
        try (RunningApp running = withInput().start()) {
            String child = running.awaitOut("child ").substring("child ".length());
            running.reports().awaitDeadlock(Long.parseLong(child));
            running.send("seen");
            return running.finish();
        }
    }

    /** Starts it. */
    RunningApp start() {
        Path lines = input ? fifo() : null;
        GenericContainer<?> container = new GenericContainer<>(image.built())
                .withCommand(words(lines))
                .withTmpFs(tmpfs)
                .withStartupCheckStrategy(new Started())
                .withCreateContainerCmdModifier(this::limit);
        environment.forEach((name, value) -> container.addEnv(name, filled(value)));
        return new RunningApp(container, lines, new Reports(volume.resolve("reports")));
    }

    private Path fifo() {
        Path fifo = volume.resolve("input-" + System.nanoTime());
        Command.run(List.of("mkfifo", "-m", "666", fifo.toString())).assertExit(0);
        return fifo;
    }

    private String[] words(Path lines) {
        List<String> filled = command.stream().map(this::filled).toList();
        if (lines == null && before.isEmpty() && after.isEmpty()) {
            return filled.toArray(String[]::new);
        }
        String exec = before.isEmpty() && after.isEmpty() ? "exec " : "";
        String redirected = lines == null ? "" : " <" + VOLUME + "/" + lines.getFileName();
        List<String> shell = new ArrayList<>(List.of("sh", "-c"));
        shell.add(String.join("\n", before, exec + "\"$@\"" + redirected, after));
        shell.add("sh");
        shell.addAll(filled);
        return shell.toArray(String[]::new);
    }

    private void limit(CreateContainerCmd create) {
        HostConfig host = create.getHostConfig();
        host.withReadonlyRootfs(true)
                .withMemory(memory)
                .withMemorySwap(memory)
                .withNanoCPUs(1_000_000_000L)
                .withNetworkMode("none")
                .withInit(init)
                .withBinds(binds);
        create.withUser(Integer.toString(user()));
    }

    /** Nobody's number; but where the tests are not root's, they could not remove the files of another one. */
    private int user() {
        try {
            int own = (Integer) Files.getAttribute(volume, "unix:uid");
            return own == 0 ? USER : own;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
