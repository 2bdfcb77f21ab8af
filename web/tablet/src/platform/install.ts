// "Add to the home screen", where the browser offers it.
import { ref } from 'vue';

interface InstallPrompt extends Event {
  prompt(): Promise<void>;
  readonly userChoice: Promise<{ outcome: 'accepted' | 'dismissed' }>;
}

const offer = ref<InstallPrompt | null>(null);
export const isInstalled = ref(window.matchMedia('(display-mode: standalone)').matches);
export const canInstall = ref(false);

window.addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault();
  offer.value = event as InstallPrompt;
  canInstall.value = true;
});
window.addEventListener('appinstalled', () => {
  isInstalled.value = true;
  canInstall.value = false;
});

export async function install(): Promise<void> {
  await offer.value?.prompt();
  if ((await offer.value?.userChoice)?.outcome === 'accepted') canInstall.value = false;
}
