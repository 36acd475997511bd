"""Try the packages that carry native code, and say in one line what mends the machine when one does not load.

`make setup` runs this with nothing else of ours imported: `python -m portraitos_site.native`.
"""

import importlib
import re
import sys

NATIVE_PACKAGES = ("numpy", "scipy", "cv2", "mediapipe", "pymatting", "pi_heif", "PIL.Image", "psycopg")

# The shared object that the loader misses, and the Debian package that holds it.
DEBIAN_PACKAGES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1",
    "libstdc++.so.6": "libstdc++6",
}


def remedy(error: str) -> str:
    """Return the sentence and the apt-get line for what an ImportError says."""
    missing = re.search(r"(lib[\w.+-]+\.so[.\d]*): cannot open shared object file", error)
    if missing is None:
        return f"{error}\nMend it with:\n  rm -rf .venv && make setup"
    package = DEBIAN_PACKAGES.get(missing[1])
    if package is None:
        return f"The system library {missing[1]} is missing. Find it with:\n  apt-file search {missing[1]}"
    return (
        f"The system library {missing[1]} is missing. Mend it with:\n"
        f"  sudo apt-get install -y {package} && make setup"
    )


def main() -> int:
    for package in NATIVE_PACKAGES:
        try:
            importlib.import_module(package)
        except ImportError as error:
            sys.stderr.write(f"{package} does not load. {remedy(str(error))}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
