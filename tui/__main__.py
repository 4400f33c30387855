"""The one place where a process of the front end catches what went wrong."""

from __future__ import annotations

import os
import sys

from tui.errors import ExitCode, VoicetuiError


def main() -> int:
    """Entry point of `voicetui` and `python -m tui`; returns the exit code."""
    _open_closed_streams()
    try:
        # ExitCode is an int, but sys.exit prints an enum that is not exactly one on some versions.
        code = int(_guarded(sys.argv[1:]))
        _say_what_is_kept()
        return code
    finally:
        _give_up_unwritten()


def _open_closed_streams() -> None:
    """What was closed (`>&-`) leads nowhere; else the next file opened would take its place."""
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest that is free
        if getattr(sys, name) is None:
            stream = open(descriptor, "w" if descriptor else "r", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


def _give_up_unwritten() -> None:
    """Python would try it once more at its end, complain, and end with a code of its own (120)."""
    for descriptor, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _no_core_dumps() -> None:
    """The memory of this process has the key in it, and everything that was said."""
    try:
        import resource
    except ImportError:  # Windows
        return
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    except (OSError, ValueError):
        return


def _guarded(argv: list[str]) -> int:
    from tui import cli

    _no_core_dumps()
    try:
        code = cli.run(argv)
        sys.stdout.flush()
        return code
    except VoicetuiError as error:
        from tui.language import tr
        from tui.language.sentences import told

        title, message = told(error.title), told(error.message)
        _say(f"{title}: {message}" if message else f"{title}{tr('.')}")
        return error.exit_code
    except KeyboardInterrupt:
        return cli.report_interrupt()
    except BrokenPipeError:
        # Whoever read our output has had enough (`| head`): nothing more to say to anyone.
        return ExitCode.FAILURE
    except Exception as error:
        return _report_fault(error)


def _say_what_is_kept() -> None:
    from tui.paths import kept_elsewhere

    if folder := kept_elsewhere():
        from tui.language import tr

        _say(
            tr(
                "The state folder cannot be written. What you asked for is kept in {folder}.",
                folder=folder,
            )
        )


def _report_fault(error: Exception) -> int:
    """A fault of ours: a sentence for the person, the traceback (no locals) for the log."""
    import logging

    from tui.language import tr
    from tui.masking import mask

    where = ""
    try:
        from tui.log import start_log
        from tui.paths import log_file

        if not logging.getLogger().handlers:
            start_log(verbose=False)
        logging.getLogger(__name__).error("fault", exc_info=error)
        where = tr("Details are in {path}.", path=log_file())
    except (OSError, VoicetuiError):
        where = tr("The log could not be written.")
    what = f"{type(error).__name__}: {mask(str(error))}"
    _say(f"{tr('voicetui failed')}: {what}{tr('. ')}{where}")
    return ExitCode.FAILURE


def _say(text: str) -> None:
    from tui.commands.output import narrate

    narrate(text)


if __name__ == "__main__":
    sys.exit(main())
