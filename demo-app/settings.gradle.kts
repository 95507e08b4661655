// For Android Studio; see build.gradle.kts.
pluginManagement {
    repositories {
        google()
        mavenCentral()
    }
}

dependencyResolutionManagement {
    repositoriesMode = RepositoriesMode.FAIL_ON_PROJECT_REPOS
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "hcepay-demo"

if (!providers.gradleProperty("hcepay.aar").isPresent) {
    include(":hcepay")
    project(":hcepay").projectDir = file("../android-bindings/library")
}
