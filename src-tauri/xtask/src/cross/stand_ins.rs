//! Small things that stand in for what only the other system has.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::programs::{program, succeed, target};

pub(super) const WINDOWS_COMPILER: &str = "x86_64-w64-mingw32-gcc";

/// Two crates compile for themselves: `ring` C and assembly, one in Tauri's tree Objective-C. For a type check their objects may
/// be empty; asked which compiler it is (with -E), it has to say clang.
const APPLES_COMPILER: &str = r#"#!/bin/sh
while [ $# -gt 0 ]; do
    case "$1" in
        -E) echo clang; exit 0 ;;
        -o) shift; : > "$1" ;;
        -Fo*) : > "${1#-Fo}" ;;
    esac
    shift
done
"#;

/// Wine 8 lacks this library, and Rust's standard library takes its random numbers from it.
const RANDOM_NUMBERS: &str = r#"#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length) { return SystemFunction036(buffer, (ULONG)length); }
"#;

/// A compiler that only says it is one.
pub(super) fn apples_compiler() -> Result<PathBuf> {
    let folder = target().join("macos");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join("stand-in-cc");
    fs::write(&path, APPLES_COMPILER)
        .with_context(|| format!("cannot write {}", path.display()))?;
    succeed(program("chmod", ["+x"]).arg(&path))?;
    Ok(path)
}

/// A folder with the libraries that Wine lacks.
pub(super) fn folder_for_wine() -> Result<PathBuf> {
    let folder = target().join("windows").join("wine");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let source = folder.join("bcryptprimitives.c");
    fs::write(&source, RANDOM_NUMBERS)
        .with_context(|| format!("cannot write {}", source.display()))?;
    let library = folder.join("bcryptprimitives.dll");
    succeed(
        program(WINDOWS_COMPILER, ["-shared", "-o"]).args([&library, &source]).arg("-ladvapi32"),
    )?;
    Ok(folder)
}
