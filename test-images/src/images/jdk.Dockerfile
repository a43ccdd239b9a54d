# The base with another JDK in the place of its own. It keeps that one: /usr/bin/java does not lead to it any more.
FROM forkwitness-test/base:current
COPY jdk /opt/jdk
ENV JAVA_HOME=/opt/jdk PATH=/opt/jdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
