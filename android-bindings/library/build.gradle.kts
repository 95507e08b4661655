// For Android Studio, or Gradle 9.4.1 and an Android SDK. Not run in this repository's checks: they build the same sources by pom.xml,
// and tests run there alone. Natives come from scripts/build-android --ndk DIR, with the NDK named below.
import org.jetbrains.kotlin.gradle.dsl.JvmTarget
import org.jetbrains.kotlin.gradle.dsl.KotlinVersion

plugins {
    // Brings Kotlin along.
    id("com.android.library") version "9.2.1"
}

android {
    namespace = "org.hcepay"
    compileSdk = 36
    ndkVersion = "28.2.13676358"

    defaultConfig {
        minSdk = 28
        consumerProguardFiles("consumer-rules.pro")
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }

    sourceSets {
        named("main") { jniLibs.directories.add("../../target/android/release") }
        // There is nothing: Maven runs the tests.
        named("test") { setRoot("src/none") }
    }
}

kotlin {
    explicitApi()
    compilerOptions {
        jvmTarget = JvmTarget.JVM_1_8
        languageVersion = KotlinVersion.KOTLIN_2_2
        apiVersion = KotlinVersion.KOTLIN_2_2
    }
}

// Otherwise a library without natives would be packed without a word.
tasks.named("preBuild") {
    val natives = file("../../target/android/release")
    doFirst { check(natives.isDirectory) { "$natives is missing: scripts/build-android --ndk DIR makes it" } }
}

dependencies {
    api("org.jetbrains.kotlin:kotlin-stdlib:2.2.21")
}
