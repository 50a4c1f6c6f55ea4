"""`chronovisor completion`: the script by which a shell completes commands, options and names."""

from enum import StrEnum
from typing import Annotated

import typer

from chronovisor.cli.settings import Output

app = typer.Typer(add_completion=False)


class Shell(StrEnum):
    """For which there is a script."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


# By the variables that Typer's completion reads. What the program has to say of an error is not for a prompt.
_SCRIPTS = {
    Shell.BASH: """\
_chronovisor_completion() {
    local IFS=$'\\n'
    COMPREPLY=( $( env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD \\
        _CHRONOVISOR_COMPLETE=complete_bash "$1" 2>/dev/null ) )
}
complete -o default -F _chronovisor_completion chronovisor""",
    Shell.ZSH: """\
#compdef chronovisor
_chronovisor_completion() {
    eval "$( env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" \\
        _CHRONOVISOR_COMPLETE=complete_zsh chronovisor 2>/dev/null )"
}
compdef _chronovisor_completion chronovisor""",
    Shell.FISH: """\
function _chronovisor_completion
    env _CHRONOVISOR_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=$argv[1] \\
        _TYPER_COMPLETE_ARGS=(commandline -cp) chronovisor 2>/dev/null
end
complete --command chronovisor --no-files --condition "_chronovisor_completion is-args" \\
    --arguments "(_chronovisor_completion get-args)" """.rstrip(),
}


@app.command()
def completion(shell: Annotated[Shell, typer.Argument(help="bash, zsh or fish.")]) -> None:
    """Print the script by which a shell completes commands, options, and names, which it reads from the control plane.

    bash: `eval "$(chronovisor completion bash)"` in ~/.bashrc. zsh: the same in ~/.zshrc, after compinit. fish:
    `chronovisor completion fish > ~/.config/fish/completions/chronovisor.fish`.
    """
    print(_SCRIPTS[shell])


# A file of contexts that makes no sense must not end in a message of each new shell.
completion.forms = frozenset[Output]()  # pyright: ignore[reportFunctionMemberAccess]
