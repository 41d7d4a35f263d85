# shellcheck shell=bash
# Completion of rollingdepth for bash, installed where bash-completion looks.

_rollingdepth() {
  local word=${COMP_WORDS[COMP_CWORD]} option='' i
  local booleans='--recursive --overwrite --save-npy --save-sbs --save-side-by-side --save-snippets
    --save-npz --save-png16 --save-exr --restore-resolution --restore-res --cap-dilation
    --unload-snippet --resume --profile --dry-run --verbose --quiet'
  local others='--input --start-frame --from --frame-count --frames --output-dir --cmap --color-maps
    --fps --output-fps --depth-video --checkpoint --preset --quality --res --processing-resolution
    --resample-method --seed --dilations --snip-len --aligner --merge --refine-step --refine-snippet-len
    --refine-start-dilation --device --dtype --threads --max-vae-bs --spool-dir --spool-dtype
    --memory-limit --chunk-frames --chunk-overlap --list-devices --list-colormaps
    --version --help'
  if [[ ${COMP_WORDS[1]} == align && $COMP_CWORD -gt 1 ]]; then
    booleans='--overwrite --verbose --quiet'
    others='--output --quality --aligner --merge --report --threads --help'
  fi

  # An option with several values goes on up to the next option. bash makes `=` a word of its own.
  [[ $word != '=' ]] || word=
  for ((i = COMP_CWORD - 1; i > 0; i -= 1)); do
    if [[ ${COMP_WORDS[i]} == -* ]]; then
      option=${COMP_WORDS[i]}
      break
    fi
  done
  local values=$((COMP_CWORD - i))
  [[ ${COMP_WORDS[i + 1]:-} != '=' ]] || values=$((values - 1))

  COMPREPLY=()
  if [[ $word == -* ]]; then
    local flag names="$booleans $others"
    if [[ $word == --no-* ]]; then
      for flag in $booleans; do names+=" --no-${flag#--}"; done
    fi
    mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word")
    return
  fi
  if [[ $COMP_CWORD -eq 1 ]]; then
    mapfile -t COMPREPLY < <(compgen -W 'align' -- "$word")
    return
  fi
  if [[ ${COMP_WORDS[1]} == align && -z $option ]]; then option=--input; fi
  case $option in
    -o)
      if [[ ${COMP_WORDS[1]} == align ]]; then option=--output; fi
      ;;
  esac
  case $option in
    -i | --input | --output | --report)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return
      ;;
    --cmap | --color-maps)
      mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" --list-colormaps 2>/dev/null)" \
        -- "$word")
      return
      ;;
  esac
  [[ $values -eq 1 ]] || return 0
  local words=''
  case $option in
    -o | --output-dir | -c | --checkpoint | --spool-dir)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -d -- "$word")
      return
      ;;
    -p | --preset) words='fast fast1024 full paper none' ;;
    -q | --quality) words='ultra_fast fast balanced quality ultra_quality paper' ;;
    --resample-method) words='BILINEAR BICUBIC NEAREST_EXACT' ;;
    --dtype) words='auto fp32 fp16 bf16' ;;
    --spool-dtype) words='u16 fp32' ;;
    --aligner) words='irls adam' ;;
    --depth-video) words='ffv1 h265' ;;
    --merge) words='weighted mean median' ;;
    # cuda:N is left out: bash splits words at colons.
    --device) words='auto cpu cuda mps' ;;
    --res | --processing-resolution) words='0 384 512 768 1024' ;;
    *) [[ -z $option || " ${booleans//$'\n'/ } " != *" $option "* ]] || words='true false' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _rollingdepth rollingdepth
