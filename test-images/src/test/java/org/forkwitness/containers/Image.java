package org.forkwitness.containers;

import com.github.dockerjava.api.exception.NotFoundException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.forkwitness.harness.Installation;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.images.builder.ImageFromDockerfile;

/**
 * An image with the agent, the scenarios and the hosts' programs, made by {@code app.Dockerfile}, for one run of the
 * tests.
 *
 * @param base what it is built on, an image of bin/lib/containers.sh
 */
record Image(String base) {
    private static final String REPOSITORY = "forkwitness-test/";
    /** What scenarios need besides the JDK, by the names of the jars without their versions. */
    private static final Set<String> LIBRARIES = Set.of("jna", "jna-platform", "pty4j", "kotlin-stdlib", "slf4j-api");

    private static final Map<Image, ImageFromDockerfile> BUILT = new ConcurrentHashMap<>();

    /** Where the Dockerfiles are. */
    static Path recipes() {
        return Installation.scenarioSources().resolveSibling("images");
    }

    /** The base with its own Java, and this machine's newer JDK where it has one. */
    static List<Image> all() {
        return Stream.of("base", "jdk25").filter(Image::exists).map(Image::new).toList();
    }

    /** The one for tests that do not depend on the JVM's version. */
    static Image any() {
        return new Image("base");
    }

    private static boolean exists(String base) {
        try {
            DockerClientFactory.instance()
                    .client()
                    .inspectImageCmd(current(base))
                    .exec();
            return true;
        } catch (NotFoundException e) {
            return false;
        }
    }

    private static String current(String base) {
        return REPOSITORY + base + ":current";
    }

    /** Builds it, once. */
    ImageFromDockerfile built() {
        return BUILT.computeIfAbsent(this, Image::build);
    }

    private ImageFromDockerfile build() {
        ImageFromDockerfile image = new ImageFromDockerfile(REPOSITORY + "app-" + base, false)
                .withFileFromPath("Dockerfile", recipes().resolve("app.Dockerfile"))
                .withFileFromPath("forkwitness", Installation.home())
                .withFileFromPath("libraries", Installation.scenarioLibraries())
                .withFileFromPath("classes", Installation.scenarioClasses())
                .withFileFromPath("hosts", Installation.hosts())
                .withBuildArg("BASE", current(base));
        Installation.jars(LIBRARIES).forEach(jar -> image.withFileFromPath("jars/" + jar.getFileName(), jar));
        return image;
    }

    /** Removes all that were built, at the end of the run: what Testcontainers itself deletes on exit it may leave. */
    static void removeAll() {
        for (Image image : BUILT.keySet()) {
            String name = BUILT.remove(image).get();
            DockerClientFactory.instance()
                    .client()
                    .removeImageCmd(name)
                    .withForce(true)
                    .exec();
        }
    }

    @Override
    public String toString() {
        return base;
    }
}
